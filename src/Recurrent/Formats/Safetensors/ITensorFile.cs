namespace Recurrent.Formats.Safetensors;

/// <summary>A file of tensors, open to be read.</summary>
internal interface ITensorFile
{
    /// <summary>The tensors; those whose values begin at the same place share them.</summary>
    /// <exception cref="FormatError">The tensors are not as the format has them.</exception>
    IReadOnlyList<TensorEntry> Entries { get; }

    /// <summary>Reads the values of a tensor.</summary>
    /// <param name="entry">One of <see cref="Entries"/>, or the same under another name.</param>
    /// <param name="values">The destination, as many as the tensor has.</param>
    /// <exception cref="FormatError">Its type cannot be a weight's, or the file became shorter.</exception>
    void Read(TensorEntry entry, Span<float> values);
}
