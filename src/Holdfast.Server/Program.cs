System.Console.WriteLine("Holdfast");
