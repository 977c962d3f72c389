namespace Recurrent.Tests.Training;

/// <summary>A clock that moves on by the same step at every reading.</summary>
internal sealed class ManualTime(TimeSpan step) : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks += step.Ticks;
}
