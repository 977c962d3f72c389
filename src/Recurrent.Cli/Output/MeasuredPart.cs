namespace Recurrent.Cli.Output;

/// <summary>What the measured tokens were to the model's training.</summary>
internal enum MeasuredPart
{
    /// <summary>The end of a text that it did not read, as far as is known.</summary>
    End,

    /// <summary>What it held out.</summary>
    HeldOut,

    /// <summary>The end of its own text, and at least partly what the model was trained on.</summary>
    TrainedOn,
}
