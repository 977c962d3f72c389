namespace Recurrent.Training;

/// <summary>The rules by which weights follow their gradients.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent, with or without momentum: <see cref="Training.Sgd"/>.</summary>
    Sgd,

    /// <summary><see cref="Training.RmsProp"/>.</summary>
    RmsProp,

    /// <summary><see cref="Training.Adam"/>.</summary>
    Adam,

    /// <summary><see cref="Training.Adam"/> with decoupled weight decay.</summary>
    AdamW,
}
