using System.Text;
using Holdfast.Cli;

// What is piped on is UTF-8 wherever it runs; without a byte order mark, which no other tool expects.
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
return await CommandLine.RunAsync(args);
