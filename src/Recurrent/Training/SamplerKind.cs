namespace Recurrent.Training;

/// <summary>The order in which minibatches read a text.</summary>
public enum SamplerKind
{
    /// <summary>Each row of a minibatch continues the row before it; the state is carried along.</summary>
    Sequential,

    /// <summary>Windows in random order; each minibatch starts from the initial state.</summary>
    Random,
}
