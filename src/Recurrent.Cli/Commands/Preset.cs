namespace Recurrent.Cli.Commands;

/// <summary>Where the settings of a training come from that are not given.</summary>
internal enum Preset
{
    /// <summary>They suit the text and the time.</summary>
    Text,

    /// <summary>They are the chapter's.</summary>
    Book,
}
