namespace Recurrent.Optimizing;

/// <summary>The way in which the learning rate goes from its full value to its last one.</summary>
public enum ScheduleKind
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>It falls by the same factor in equal parts of the run.</summary>
    Exponential,

    /// <summary>
    /// It follows half a cosine wave: slowly, fast, slowly (Loshchilov and Hutter, https://arxiv.org/abs/1608.03983).
    /// </summary>
    Cosine,

    /// <summary>
    /// It halves whenever the loss has not fallen for <see cref="LearningRateSchedule.PlateauPatience"/> epochs.
    /// </summary>
    Plateau,
}
