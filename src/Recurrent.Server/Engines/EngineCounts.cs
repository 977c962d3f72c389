namespace Recurrent.Server.Engines;

/// <summary>What the engines of one name have done and do; any thread may ask, and each engine adds.</summary>
internal sealed class EngineCounts
{
    private int _running;
    private int _waiting;
    private long _steps;
    private long _stepRows;

    /// <summary>The number of texts that are being read or written.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>The number of texts that wait for a place.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>The number of steps so far.</summary>
    public long Steps => Volatile.Read(ref _steps);

    /// <summary>The number of texts in all steps so far.</summary>
    public long StepRows => Volatile.Read(ref _stepRows);

    /// <summary>Counts texts that come, or go where the number is negative.</summary>
    public void AddRunning(int texts) => Interlocked.Add(ref _running, texts);

    /// <summary>Counts texts that begin to wait, or go where the number is negative.</summary>
    public void AddWaiting(int texts) => Interlocked.Add(ref _waiting, texts);

    /// <summary>Counts a step.</summary>
    /// <param name="rows">The number of texts in it.</param>
    public void AddStep(int rows)
    {
        Interlocked.Increment(ref _steps);
        Interlocked.Add(ref _stepRows, rows);
    }
}
