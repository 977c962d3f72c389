namespace Recurrent.Cli.Output;

/// <summary>The role of the measured tokens in the model's training run.</summary>
internal enum MeasuredPart
{
    /// <summary>All of a text that the run did not read, as far as is known.</summary>
    Whole,

    /// <summary>The end of a text that the run did not read, as far as is known.</summary>
    End,

    /// <summary>The part that the run held out.</summary>
    HeldOut,

    /// <summary>The end of the run's own text; the model was trained on at least a part of it.</summary>
    TrainedOn,
}
