#:project ../src/Recurrent/Recurrent.csproj

// A tool that is compiled ahead of time: one small file that starts at once and needs no .NET.
//
//   dotnet publish samples/complete.cs --output bin
//   bin/complete story.safetensors "the miller "

using Recurrent;
using Recurrent.Formats;

if (args is not [var path, ..])
{
    Console.Error.WriteLine("usage: complete MODEL [PROMPT] [TEMPERATURE]");
    return 2;
}
var prompt = args.ElementAtOrDefault(1) ?? "";
var temperature = double.Parse(args.ElementAtOrDefault(2) ?? "0.8");

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    stop.Cancel();
};
try
{
    Console.Write(prompt);
    foreach (var piece in TextModel.Load(path).Stream(prompt, null, new() { Temperature = temperature }, stop.Token))
    {
        Console.Write(piece); // as it comes
    }
    Console.WriteLine();
    return 0;
}
catch (OperationCanceledException)
{
    return 130;
}
catch (ModelFileException error)
{
    Console.Error.WriteLine(error.Message); // one sentence: which file, what is wrong, and the way out
    return 1;
}
