using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Tensors;

namespace Recurrent.Tests.Agreement;

/// <summary>
/// Hashes, logits, clipped gradients and steps of AdamW over rows of tables; context_features.py makes the numbers.
/// </summary>
public sealed class ContextFeatureAgreementTests
{
    private sealed record Case(
        int Batch,
        int Steps,
        int Vocabulary,
        int Embedding,
        int Hidden,
        int Rows,
        int[] Letters,
        string[] Names,
        AgreementNumbers.Sampled[] Logits,
        double[] Losses,
        double[] Norms,
        AgreementNumbers.Sampled[] Gradients,
        AgreementNumbers.Sampled[] Weights
    );

    private static readonly Case[] s_cases = AgreementNumbers.Read<Case>("context_features.json");

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, s_cases.Length)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees_with_PyTorch(int index)
    {
        var c = s_cases[index];
        var model = LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = "gru",
                VocabularySize = c.Vocabulary,
                EmbeddingSize = c.Embedding,
                HiddenSize = c.Hidden,
                Features = new() { Rows = c.Rows, Letters = c.Letters },
            },
            RandomStream.Parameters(1)
        );
        Assert.Equal(c.Names, model.Parameters.Select(parameter => parameter.Name));
        AgreementNumbers.Fill(model.Parameters);
        var optimizer = new Adam(model.Parameters, weightDecay: 0.1, decoupled: true);
        for (var step = 1; step <= c.Losses.Length; step++)
        {
            var (x, y) = (Tokens(3 * step), Tokens(5 * step));
            var (logits, _) = model.Forward(x, c.Batch, model.InitialState(c.Batch));
            c.Logits[step - 1].AssertWithin(logits.ToArray(), $"logits in step {step}");
            var loss = TensorHelp.Loss(logits, y, c.Batch);
            Agree.Within([c.Losses[step - 1]], loss.ToArray(), $"loss in step {step}");
            foreach (var (_, value) in model.Parameters)
            {
                value.ClearGradient();
            }
            loss.Backward();
            if (step == c.Losses.Length)
            {
                for (var i = 0; i < c.Names.Length; i++)
                {
                    c.Gradients[i].AssertWithin(Gradient(model.Parameters[i].Value), $"gradient of {c.Names[i]}");
                }
            }
            var norm = GradientClipping.ByGlobalNorm(model.Parameters, 0.5);
            Agree.Within([c.Norms[step - 1]], [(float)norm], $"norm in step {step}");
            optimizer.Update(0.01);
        }
        for (var i = 0; i < c.Names.Length; i++)
        {
            c.Weights[i].AssertWithin(model.Parameters[i].Value.ToArray(), $"weights of {c.Names[i]}");
        }

        int[] Tokens(int salt) => AgreementNumbers.Tokens(salt, c.Vocabulary, c.Batch * c.Steps);
    }

    private static float[] Gradient(Tensor value)
    {
        var whole = Tensor.Zeros(value.Shape.ToArray());
        if (value.GradientRows is not { } rows)
        {
            return value.Gradient!.ToArray();
        }
        rows.Scatter(value.Gradient!, whole);
        return whole.ToArray();
    }
}
