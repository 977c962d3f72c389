namespace Recurrent.Kernels.Threading;

/// <summary>
/// The one way in which a thread waits for another: it spins for a moment, because most waits are shorter than a call
/// of the system. Then it should sleep, so that another program, or the thread that it waits for, has the processor. In
/// a crowd, with fewer processors than threads, it gives the processor away at once.
/// </summary>
/// <param name="isCrowded">Whether there are fewer processors than threads.</param>
internal struct Patience(bool isCrowded)
{
    private const int MaxSpins = 1_250; // of some 40 ns each
    private const int MaxYields = 50; // each may take as long as others have work
    private int _waits;

    /// <summary>
    /// Whether the thread has waited for so long that it should sleep: about 50 microseconds.
    /// </summary>
    public readonly bool IsSpent => _waits >= (isCrowded ? MaxYields : MaxSpins);

    /// <summary>Whether the thread has waited a number of times, or would keep another from running.</summary>
    public readonly bool HasWaited(int times) => isCrowded || _waits >= times;

    /// <summary>Waits once.</summary>
    public void Wait()
    {
        if (isCrowded || IsSpent)
        {
            Thread.Yield();
        }
        else
        {
            Thread.SpinWait(1);
        }
        _waits = Math.Min(_waits + 1, MaxSpins);
    }

    /// <summary>Begins again, because something has come.</summary>
    public void Renew() => _waits = 0;
}
