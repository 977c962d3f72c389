using Recurrent.Models;
using Recurrent.Text;

namespace Recurrent.Evaluation;

/// <summary>
/// Turns texts into vectors: the mean of the top layer's hidden state over the tokens of a text, of length 1. Texts
/// side by side get the vectors that they get alone.
/// </summary>
/// <param name="decoder">The model.</param>
/// <param name="codec">How text becomes the model's tokens.</param>
internal sealed class TextEmbedder(Decoder decoder, TextCodec codec)
{
    private const int MostTogether = 64; // texts that are read side by side

    /// <summary>Reads texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>A vector (hidden size) each; zeros for a text without tokens.</returns>
    public float[][] Embed(IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
        [.. texts.Chunk(MostTogether).SelectMany(chunk => EmbedTogether(chunk, cancellationToken))];

    private float[][] EmbedTogether(string[] texts, CancellationToken cancellationToken)
    {
        var tokens = Array.ConvertAll(texts, codec.Encode);
        var state = decoder.RentState(texts.Length);
        var sums = Array.ConvertAll(texts, _ => new double[state.HiddenSize]);
        var hidden = new float[state.HiddenSize];
        int[] rows = [.. Enumerable.Range(0, texts.Length).Where(row => tokens[row].Length > 0)];
        Array.ForEach(rows, state.Reset);
        for (var step = 0; rows.Length > 0; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            state.Step(rows, Array.ConvertAll(rows, row => tokens[row][step]), outputs: 0);
            foreach (var row in rows)
            {
                state.ReadHidden(row, hidden);
                for (var i = 0; i < hidden.Length; i++)
                {
                    sums[row][i] += hidden[i];
                }
            }
            rows = Array.FindAll(rows, row => step + 1 < tokens[row].Length);
        }
        decoder.ReturnState(state);
        return Array.ConvertAll(sums, OfLengthOne);
    }

    private static float[] OfLengthOne(double[] sum)
    {
        var length = Math.Sqrt(sum.Sum(value => value * value));
        return Array.ConvertAll(sum, value => length > 0 ? (float)(value / length) : 0);
    }
}
