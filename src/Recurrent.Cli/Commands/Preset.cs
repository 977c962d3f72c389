namespace Recurrent.Cli.Commands;

/// <summary>The source of the settings of a training run that are not given.</summary>
internal enum Preset
{
    /// <summary>They suit the text and the time.</summary>
    Text,

    /// <summary>They are those of <em>Dive into Deep Learning</em>.</summary>
    Book,
}
