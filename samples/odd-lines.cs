#:project ../src/Recurrent/Recurrent.csproj

// Odd log lines: a model learns a log of usual days and shows what is unlike it in another.
//
//   dotnet run samples/odd-lines.cs -- usual.log today.log

using Recurrent;

if (args is not [var usual, var today])
{
    Console.Error.WriteLine("usage: odd-lines USUAL TODAY");
    return 2;
}

// The training run holds out the end of the text and keeps in the model how odd its lines are.
var options = new TextModelOptions { Budget = TimeSpan.FromSeconds(15) }; // more time makes a better model
var saved = usual + ".safetensors";
var model = File.Exists(saved) ? TextModel.Load(saved) : TextModel.Train(usual, options);
model.Save(saved);
if (model.Trained.Training.HeldOutLines is not { } heldOut)
{
    Console.Error.WriteLine($"{usual} is too short: give a log of 10,000 characters or more.");
    return 1;
}
var threshold = heldOut.ThresholdOf(rate: 0.02); // at most 2% of usual lines are odder

var found = 0;
foreach (var lines in File.ReadLines(today).Chunk(256)) // lines side by side are faster
{
    foreach (var line in model.ScoreAll(lines).Where(line => line.BitsPerCharacter > threshold))
    {
        found++;
        Console.WriteLine($"{line.BitsPerCharacter:0.00}  {line.Line}");
    }
}
Console.WriteLine($"{found} odd lines, of more than {threshold:0.00} bits per character");
return found > 0 ? 3 : 0;
