// How long ranks take to add their gradients: everybody's parts to everybody, the tree, all sums to all.
//   dotnet build -c Release bench/Recurrent.Exchange
//   mpirun -n 2 dotnet bench/Recurrent.Exchange/bin/Release/net10.0/Recurrent.Exchange.dll [MiB...]
// Rank 0 prints a line for each size: the median, the tenth and the ninetieth of a hundred in milliseconds, the same
// with the copies out of the gradients and back, and the bytes that .NET allocates for one.
using Recurrent.Exchange;
using Recurrent.Mpi;
using Recurrent.Tensors;
using Recurrent.Throughput;
using Recurrent.Training;

const int Repetitions = 100;
const int WarmUps = 4000; // MiB, until the runtime has settled on its machine code

var launcher = Launcher.Find(Environment.GetEnvironmentVariable) ?? throw new InvalidOperationException("Use mpirun.");
var mpi = MpiRanks.Join(launcher);
var ranks = new TimedRanks(mpi);
var group = RankGroup.Of(ranks, shards: ranks.Count) ?? throw new InvalidOperationException("Use mpirun -n 2.");
foreach (var size in args.Length > 0 ? args.Select(int.Parse) : [4, 16, 64])
{
    var weights = Tensor.Zeros(size << 18).RequireGradient();
    (weights * weights).Sum().Backward(); // a gradient of zeros, which do not grow
    Parameter[] parameters = [new("weights", weights)];
    var (exchange, all) = (new double[Repetitions], new double[Repetitions]); // milliseconds
    var allocated = 0L;
    for (var i = -WarmUps / size; i < Repetitions; i++)
    {
        group.Decide(default); // all begin at once
        var (before, start) = (GC.GetAllocatedBytesForCurrentThread(), TimeProvider.System.GetTimestamp());
        group.AddGradients(parameters);
        if (i >= 0)
        {
            all[i] = TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
            exchange[i] = ranks.Elapsed.TotalMilliseconds;
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
    if (group.IsFirst)
    {
        Console.WriteLine(
            $"{size} MiB, {ranks.Count} ranks, {mpi.Library}: {Words(exchange)}; with copies {Words(all)}; "
                + $"{allocated / Repetitions} bytes allocated"
        );
    }
}
MpiRanks.Leave();

static string Words(double[] milliseconds)
{
    Array.Sort(milliseconds);
    var (low, high) = (milliseconds[Repetitions / 10], milliseconds[Repetitions * 9 / 10]);
    return $"{Median.Of(milliseconds):0.00} ms ({low:0.00} to {high:0.00})";
}
