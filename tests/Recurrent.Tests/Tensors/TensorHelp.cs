using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Tests.Tensors;

/// <summary>What tests do to tensors and no program needs.</summary>
internal static class TensorHelp
{
    /// <summary>Reads the values back, changes them and writes them.</summary>
    public static void Change(this Tensor tensor, Action<float[]> change)
    {
        var values = tensor.ToArray();
        change(values);
        tensor.Write(values);
    }

    /// <summary>Changes each value.</summary>
    public static void ChangeEach(this Tensor tensor, Func<float, float> change) =>
        tensor.Write(Array.ConvertAll(tensor.ToArray(), value => change(value)));

    /// <summary>Reads rows of text (batch, steps).</summary>
    public static (Tensor Logits, ModelState State) Forward(
        this ILanguageModel model,
        ReadOnlySpan<int> tokens,
        int batch,
        ModelState state,
        RandomStream? dropout = null
    ) => model.Forward(TimeMajor(tokens, batch, model.Device), state, dropout);

    /// <summary>The loss of rows of text (batch, steps).</summary>
    public static Tensor Loss(Tensor logits, ReadOnlySpan<int> labels, int batch) =>
        Tensor.SoftmaxCrossEntropy(logits, TimeMajor(labels, batch, logits.Device));

    /// <summary>Rows of text (batch, steps) as (steps, batch).</summary>
    public static Indices TimeMajor(ReadOnlySpan<int> tokens, int batch, Device? device = null) =>
        Indices.Transposed(device ?? Device.Default, tokens, batch, tokens.Length / batch);
}
