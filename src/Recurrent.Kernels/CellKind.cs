namespace Recurrent.Kernels;

/// <summary>The recurrent cells that have kernels, as PyTorch defines them.</summary>
public enum CellKind
{
    /// <summary>h = tanh(a).</summary>
    TanhRnn,

    /// <summary>h = max(a, 0).</summary>
    ReluRnn,

    /// <summary>Gates r, z, n; the reset gate after the recurrent product.</summary>
    Gru,

    /// <summary>Gates i, f, g, o and a second state c.</summary>
    Lstm,
}
