namespace Recurrent.Kernels.Gpu;

/// <summary>A program in PTX with one entry, <see cref="Entry"/>.</summary>
/// <param name="Name">What it is, for messages and file names.</param>
/// <param name="Text">The PTX.</param>
/// <param name="Threads">The threads of a block.</param>
/// <param name="SharedBytes">The shared memory of a block.</param>
/// <param name="IsCooperative">Whether its blocks wait for each other, so that all must run at the same time.</param>
internal sealed record PtxProgram(string Name, string Text, int Threads, int SharedBytes, bool IsCooperative)
{
    /// <summary>The name of a program's entry.</summary>
    public const string Entry = "run";

    private readonly Lazy<PtxAccess> _access = new(() => new PtxAccess(Text));

    /// <summary>Whether a parameter is an address that the program reads from.</summary>
    public bool Reads(int parameter) => (_access.Value.Reads & (1UL << parameter)) != 0;

    /// <summary>Whether a parameter is an address that the program writes to.</summary>
    public bool Writes(int parameter) => (_access.Value.Writes & (1UL << parameter)) != 0;
}
