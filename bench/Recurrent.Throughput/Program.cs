// Our side of the comparison with others, one measurement a process, one line of JSON (bench/peers.py runs it):
//   dotnet run -c Release --project bench/Recurrent.Throughput -- machine
//   … -- bandwidth BYTES THREADS
//   … -- train KIND HIDDEN LAYERS BATCH STEPS VOCABULARY[/EMBEDDING] [THREADS]
//   … -- shards S,S,… KIND HIDDEN LAYERS BATCH STEPS VOCABULARY[/EMBEDDING] [THREADS]   (each against the first)
//   … -- generate KIND HIDDEN LAYERS VOCABULARY [THREADS]
//   … -- side-by-side STREAMS KIND HIDDEN LAYERS VOCABULARY [THREADS]
//   … -- counts MODEL TEXT STREAMS [THREADS]   (MODEL is a model file, alone and with the counts of TEXT)
// Speeds are tokens or characters a second, medians of several slices, taken once the runtime has settled on its
// machine code. Compiled ahead of time: dotnet publish bench/Recurrent.Throughput -p:PublishAot=true.
using System.Text.Json.Nodes;
using Recurrent.Throughput;
using Recurrent.Throughput.Machine;

JsonObject result = args switch
{
    ["machine"] => new()
    {
        ["vectorBits"] = MachineProbe.Widest.Bits,
        ["processors"] = Environment.ProcessorCount,
        ["flopsOfOne"] = MachineProbe.Widest.FmaPeak(1),
        ["flopsOfAll"] = MachineProbe.Widest.FmaPeak(Environment.ProcessorCount),
        ["roundTripNanoseconds"] = RoundTrip.Nanoseconds(),
    },
    ["bandwidth", var bytes, var threads] => new()
    {
        ["bytesPerSecond"] = MachineProbe.Widest.ReadBandwidth(int.Parse(bytes), int.Parse(threads)),
    },
    ["train", var kind, var hidden, var layers, var batch, var steps, var vocabulary, .. var threads] => new()
    {
        ["perSecond"] = LoadOf(kind, hidden, layers, vocabulary, threads).Train(int.Parse(batch), int.Parse(steps)),
    },
    ["shards", var shards, var kind, var hidden, var layers, var batch, var steps, var vocabulary, .. var threads] =>
        ShardsLoad.Measure(
            LoadOf(kind, hidden, layers, vocabulary, threads),
            int.Parse(batch),
            int.Parse(steps),
            [.. shards.Split(',').Select(int.Parse)]
        ),
    ["generate", var kind, var hidden, var layers, var vocabulary, .. var threads] => new()
    {
        ["perSecond"] = LoadOf(kind, hidden, layers, vocabulary, threads).Generate(),
    },
    ["side-by-side", var streams, var kind, var hidden, var layers, var vocabulary, .. var threads] => new()
    {
        ["perSecond"] = LoadOf(kind, hidden, layers, vocabulary, threads).GenerateSideBySide(int.Parse(streams)),
    },
    ["counts", var model, var text, var streams, .. var threads] => CountsLoad.Measure(
        model,
        text,
        int.Parse(streams),
        threads is [var given] ? int.Parse(given) : null
    ),
    _ => throw new ArgumentException("Say what to measure; the head of Program.cs shows how."),
};
Console.WriteLine(result.ToJsonString());

static Load LoadOf(string kind, string hidden, string layers, string vocabulary, string[] threads)
{
    int[] sizes = [.. vocabulary.Split('/').Select(int.Parse)];
    return new(
        kind,
        int.Parse(hidden),
        int.Parse(layers),
        sizes[0],
        sizes is [_, var embedding] ? embedding : 0,
        threads is [var given] ? int.Parse(given) : null
    );
}
