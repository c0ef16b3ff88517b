using Holdfast.Server;

return await ServerProgram.RunAsync(args);
