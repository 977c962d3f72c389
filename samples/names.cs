#:project ../src/Recurrent/Recurrent.csproj

// Names for test data: a model learns a list of names and makes up others like them.
//
//   dotnet run samples/names.cs -- samples/names.txt 10

using Recurrent;

var file = args.ElementAtOrDefault(0) ?? "samples/names.txt";
var count = int.Parse(args.ElementAtOrDefault(1) ?? "10");

var model = TextModel.Train(file);

// More than are wanted, because some of them are on the list. The same seed gives the same names.
var names = model.GenerateAll(
    [.. Enumerable.Repeat("", 5 * count)],
    length: 20,
    sampling: new() { Seed = 7, StopStrings = ["\n"] }
);
foreach (var name in names.Except(File.ReadLines(file)).Where(name => name.Length > 2).Take(count))
{
    Console.WriteLine(name);
}
