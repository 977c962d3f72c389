using System.Runtime.InteropServices;

namespace Recurrent.Throughput.Machine;

/// <summary>
/// The time in which a word written by one core is seen by another and answered: what each hand-over between two
/// threads costs at the least.
/// </summary>
internal static class RoundTrip
{
    private const int Slices = 21;
    private const int TripsPerSlice = 5_000;

    /// <summary>Median over slices, in nanoseconds.</summary>
    public static double Nanoseconds()
    {
        var lines = new Lines();
        var answering = new Thread(() =>
        {
            for (var trip = 1; trip <= Slices * TripsPerSlice; trip++)
            {
                Await(ref lines.Ping, trip);
                Volatile.Write(ref lines.Pong, trip);
            }
        });
        answering.Start();
        var times = new List<double>();
        for (var (slice, trip) = (0, 0); slice < Slices; slice++)
        {
            var start = TimeProvider.System.GetTimestamp();
            for (var end = trip + TripsPerSlice; trip < end; )
            {
                Volatile.Write(ref lines.Ping, ++trip);
                Await(ref lines.Pong, trip);
            }
            times.Add(TimeProvider.System.GetElapsedTime(start).TotalNanoseconds / TripsPerSlice);
        }
        answering.Join();
        return Median.Of(times);
    }

    private static void Await(ref int word, int value)
    {
        while (Volatile.Read(ref word) != value)
        {
            // Nothing: a pause would be part of what is measured.
        }
    }

    /// <summary>Two words in cache lines of their own, two lines apart, for lines are fetched in pairs.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private sealed class Lines
    {
        [FieldOffset(128)]
        public int Ping;

        [FieldOffset(256)]
        public int Pong;
    }
}
