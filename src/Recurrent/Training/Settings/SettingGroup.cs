namespace Recurrent.Training.Settings;

/// <summary>The part of a training run that a setting belongs to: the groups of the help.</summary>
internal enum SettingGroup
{
    /// <summary>The way in which the text becomes tokens.</summary>
    Text,

    /// <summary>The kind and sizes of the model.</summary>
    Model,

    /// <summary>The way in which the model is trained.</summary>
    Training,

    /// <summary>The run on this machine, and its seed.</summary>
    Run,
}
