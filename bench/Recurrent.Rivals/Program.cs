// What other .NET users would take, on the loads of bench/Recurrent.Throughput and by its stopwatch, one measurement a
// process, one line of JSON (bench/peers.py runs it):
//   dotnet run -c Release --project bench/Recurrent.Rivals -- torchsharp|onnxruntime version
//   … -- torchsharp train KIND HIDDEN LAYERS BATCH STEPS VOCABULARY[/EMBEDDING] THREADS
//   … -- torchsharp|onnxruntime generate KIND HIDDEN LAYERS VOCABULARY THREADS
//   … -- torchsharp|onnxruntime side-by-side STREAMS KIND HIDDEN LAYERS VOCABULARY THREADS
using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using Recurrent.Rivals;
using TorchSharp;

JsonObject result = args switch
{
    ["torchsharp", "version"] => new() { ["version"] = torch.__version__ },
    ["onnxruntime", "version"] => new() { ["version"] = OrtEnv.Instance().GetVersionString() },
    ["torchsharp", "train", var kind, var hidden, var layers, var batch, var steps, var vocabulary, var threads] =>
        Speed(TorchNetwork.Of(kind, hidden, layers, vocabulary, threads).Train(int.Parse(batch), int.Parse(steps))),
    [var rival, "generate", var kind, var hidden, var layers, var vocabulary, var threads] => Speed(
        Generate(rival, 1, kind, hidden, layers, vocabulary, threads)
    ),
    [var rival, "side-by-side", var streams, var kind, var hidden, var layers, var vocabulary, var threads] => Speed(
        Generate(rival, int.Parse(streams), kind, hidden, layers, vocabulary, threads)
    ),
    _ => throw new ArgumentException("Say what to measure; the head of Program.cs shows how."),
};
Console.WriteLine(result.ToJsonString());

static JsonObject Speed(double perSecond) => new() { ["perSecond"] = perSecond };

static double Generate(
    string rival,
    int streams,
    string kind,
    string hidden,
    string layers,
    string vocabulary,
    string threads
) =>
    rival == "torchsharp"
        ? TorchNetwork.Of(kind, hidden, layers, vocabulary, threads).Generate(streams)
        : OnnxGeneration.Measure(
            kind,
            int.Parse(hidden),
            int.Parse(layers),
            int.Parse(vocabulary),
            streams,
            int.Parse(threads)
        );
