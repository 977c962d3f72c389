namespace Recurrent.Decoding;

/// <summary>Why a stream gives no more.</summary>
public enum EndReason
{
    /// <summary>It has as many tokens as were asked for.</summary>
    Length,

    /// <summary>A stop string has come.</summary>
    StopString,

    /// <summary>Its slot was given up before.</summary>
    Released,
}
