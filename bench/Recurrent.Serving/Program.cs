// The bars of docs/serving.md, each measured at `recurrent serve` as a process of its own, over loopback:
//   dotnet publish src/Recurrent.Cli -c Release -r linux-x64 --self-contained false -p:PublishReadyToRun=true -o TOOL
//   dotnet run -c Release --project bench/Recurrent.Serving -- TOOL/Recurrent.Cli NAME...
// NAME is one of those below, or all. A line a figure, with its bar, and whether it is met; the exit code is 0 if all
// are. Server and client share the machine's cores, so the client is one thread that looks at its sockets every few
// milliseconds. The models have random weights of a fixed seed: speed does not depend on what they have learned.
using Recurrent.Serving;

var measures = new (string Name, Func<Bench, Task> RunAsync)[]
{
    ("same-bytes", SameBytes.RunAsync),
    ("total", Speed.TotalAsync),
    ("fairness", Speed.FairnessAsync),
    ("one-stream", Speed.OneStreamAsync),
    ("many-streams", Speed.ManyStreamsAsync),
    ("peer", Speed.PeerAsync),
    ("first-character", Waits.FirstCharacterAsync),
    ("long-prompt", Waits.LongPromptAsync),
    ("closing", Ends.ClosingAsync),
    ("ending", Ends.EndingAsync),
    ("idle", Rest.IdleAsync),
    ("sessions", Sessions.RunAsync),
    ("start", Rest.StartAsync),
    ("sampling", Sampling.RunAsync),
};
if (args is [Sampling.Once])
{
    Console.WriteLine(Sampling.Nanoseconds());
    return 0;
}
var names = measures.Select(measure => measure.Name).ToList();
var (counted, rest) = args is ["--counts", var text, .. var others] ? (text, others) : (null, args);
if (rest is not [var tool, _, ..] || rest.Skip(1).Except([.. names, "all"]).Any())
{
    Console.Error.WriteLine(
        $"Give the tool's path, and all or some of {string.Join(", ", names)}; before them --counts TEXT for hybrids."
    );
    return 2;
}
using var bench = new Bench(tool, counted);
foreach (var (name, runAsync) in measures)
{
    if (rest.Contains(name) || rest.Contains("all"))
    {
        await runAsync(bench);
    }
}
return bench.HasMissed ? 1 : 0;
