namespace Recurrent.Cli.Output;

/// <summary>What <c>pack --json</c> and <c>unpack --json</c> print.</summary>
/// <param name="Text">The path of the text, or the name of a dataset, or -.</param>
/// <param name="Packed">The path of the packed text, or -.</param>
/// <param name="ModelHash">The name that a packed text gives its model.</param>
/// <param name="TextBytes">Bytes of the text.</param>
/// <param name="Characters">Unicode characters of the text.</param>
/// <param name="SpelledBytes">Bytes of the text that the model's vocabulary lacks.</param>
/// <param name="Adaptive">Whether the model has learned from the text.</param>
/// <param name="PackedBytes">Bytes of the packed text.</param>
/// <param name="BitsPerCharacter">Bits of the packed text for each character.</param>
/// <param name="ModelBytes">Bytes of the model file.</param>
/// <param name="GzipBytes">What gzip makes of the text; null when unpacking.</param>
/// <param name="BrotliBytes">What brotli makes of the text; null when unpacking.</param>
internal sealed record PackedJson(
    string Text,
    string Packed,
    string ModelHash,
    long TextBytes,
    long Characters,
    long SpelledBytes,
    bool Adaptive,
    long PackedBytes,
    double BitsPerCharacter,
    long ModelBytes,
    long? GzipBytes,
    long? BrotliBytes
);
