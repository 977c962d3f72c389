#:project ../src/Recurrent/Recurrent.csproj

// Training inside a program, with progress: Ctrl-C stops it, and the next start goes on from there.
//
//   dotnet run samples/train-inside.cs -- my.txt my.safetensors 1

using System.Globalization;
using Recurrent;
using Recurrent.Training;

if (args is not [var text, var saved, var minutes])
{
    Console.Error.WriteLine("usage: train-inside TEXT MODEL MINUTES");
    return 2;
}
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    stop.Cancel();
};
var options = new TextModelOptions
{
    Budget = TimeSpan.FromMinutes(double.Parse(minutes, CultureInfo.InvariantCulture)),
    Session = new() { CheckpointPath = saved + ".checkpoint" },
};
try
{
    var model = TextModel.Train(text, options, new Samples.Shown(), stop.Token);
    model.Save(saved);
    Console.WriteLine($"validation perplexity {model.Trained.Training.ValidationPerplexity:0.00}: {saved}");
    return 0;
}
catch (OperationCanceledException)
{
    Console.WriteLine("stopped; the same command goes on");
    return 130;
}

namespace Samples
{
    // Progress<T> would report on another thread, maybe after the end; this one reports at once.
    internal sealed class Shown : IProgress<EpochReport>
    {
        public void Report(EpochReport epoch) =>
            Console.WriteLine(
                $"epoch {epoch.Epoch}: perplexity {epoch.Perplexity:0.00}, "
                    + $"validation {epoch.ValidationPerplexity:0.00}, {epoch.TokensPerSecond:#,0} tokens/s"
            );
    }
}
