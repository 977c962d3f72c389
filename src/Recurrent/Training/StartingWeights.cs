using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Training;

/// <summary>The weights of a model that a training run goes on from.</summary>
internal static class StartingWeights
{
    /// <summary>Gives a model that was drawn the weights of another, but for new entries of its vocabulary.</summary>
    /// <param name="model">The model, of at least as many vocabulary entries.</param>
    /// <param name="vocabulary">Its vocabulary.</param>
    /// <param name="from">The model to go on from.</param>
    /// <exception cref="ArgumentException">They differ in more than the end of the vocabulary.</exception>
    public static void Copy(ILanguageModel model, Vocabulary vocabulary, TrainedModel from)
    {
        var known = from.Codec.Vocabulary;
        if (!vocabulary.Tokens.Take(known.Count).SequenceEqual(known.Tokens))
        {
            throw new ArgumentException(
                "The text has other tokens than the model to go on from; use Corpus.ForModel with the model's codec."
            );
        }
        var wanted = model.Configuration;
        var found = from.Network.Configuration with
        {
            VocabularySize = wanted.VocabularySize,
            Dropout = wanted.Dropout,
            Features = from.Model.Configuration.Features is { } features
                ? features with
                {
                    Dropout = wanted.Features?.Dropout ?? 0,
                    Letters = wanted.Features?.Letters,
                }
                : null,
            Options = wanted.Options,
        };
        if (found != wanted || from.Network.Parameters.Count != model.Parameters.Count)
        {
            throw new ArgumentException(
                "The plan is for another kind or size of model than the one to go on from; use "
                    + "TrainingPlan.GoingOnFrom."
            );
        }
        foreach (var (parameter, source) in model.Parameters.Zip(from.Network.Parameters))
        {
            CopyCorner(source.Value.ToArray(), source.Value.Shape.ToArray()[^1], parameter.Value);
        }
    }

    /// <summary>Copies a tensor of one or two axes to where its entries are in a larger one.</summary>
    /// <param name="source">Its values.</param>
    /// <param name="oldRow">The length of its last axis.</param>
    /// <param name="destination">The larger one.</param>
    public static void CopyCorner(float[] source, int oldRow, Tensor destination)
    {
        var values = destination.ToArray();
        var row = destination.Shape.ToArray()[^1];
        for (var i = 0; i < source.Length / oldRow; i++)
        {
            source.AsSpan(i * oldRow, oldRow).CopyTo(values.AsSpan(i * row));
        }
        destination.Write(values);
    }

    /// <summary>The identity of values, as checkpoints and model files keep it.</summary>
    public static string HashOf(IEnumerable<Tensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in tensors)
        {
            hash.AppendData(MemoryMarshal.AsBytes<float>(tensor.ToArray()));
        }
        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
