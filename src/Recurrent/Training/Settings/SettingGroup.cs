namespace Recurrent.Training.Settings;

/// <summary>The part of a training run that a setting belongs to: the groups of the help.</summary>
internal enum SettingGroup
{
    /// <summary>How the text becomes tokens.</summary>
    Text,

    /// <summary>The kind and sizes of the model.</summary>
    Model,

    /// <summary>How the model is trained.</summary>
    Training,

    /// <summary>How the run goes on this machine, and its seed.</summary>
    Run,
}
