namespace Recurrent.Optimizing;

/// <summary>The rules by which weights follow their gradients that come with the library.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent, with or without momentum: <see cref="Optimizing.Sgd"/>.</summary>
    Sgd,

    /// <summary><see cref="Optimizing.RmsProp"/>.</summary>
    RmsProp,

    /// <summary><see cref="Optimizing.Adam"/>.</summary>
    Adam,

    /// <summary><see cref="Optimizing.Adam"/> with decoupled weight decay.</summary>
    AdamW,
}
