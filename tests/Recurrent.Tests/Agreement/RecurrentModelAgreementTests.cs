using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Tensors;

namespace Recurrent.Tests.Agreement;

/// <summary>Names, logits, loss and every gradient against PyTorch; recurrent_models.py makes the numbers.</summary>
public sealed class RecurrentModelAgreementTests
{
    private sealed record Case(
        string Kind,
        int Layers,
        bool Bidirectional,
        int Embedding,
        bool Tied,
        int Batch,
        int Steps,
        int Vocabulary,
        int Hidden,
        string[] Names,
        AgreementNumbers.Sampled Logits,
        double Loss,
        AgreementNumbers.Sampled[] Gradients
    )
    {
        public ModelConfiguration Configuration =>
            new()
            {
                Kind = Kind,
                Layers = Layers,
                Bidirectional = Bidirectional,
                EmbeddingSize = Embedding,
                TiedWeights = Tied,
                VocabularySize = Vocabulary,
                HiddenSize = Hidden,
            };
    }

    private static readonly Case[] s_cases = AgreementNumbers.Read<Case>("recurrent_models.json");

    public static TheoryData<int, string> Cases => new(s_cases.Select((c, i) => (i, c.Configuration.ToString())));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees_with_PyTorch(int index, string name)
    {
        var c = s_cases[index];
        var model = LanguageModel.Create(c.Configuration, new RandomStream(1, 0));
        Assert.Equal(c.Names, model.Parameters.Select(parameter => parameter.Name));
        AgreementNumbers.Fill(model.Parameters);
        var (x, y) = (Tokens(3, c), Tokens(5, c));

        var (logits, _) = model.Forward(x, c.Batch, model.InitialState(c.Batch));
        var loss = Tensor.SoftmaxCrossEntropy(logits, TensorHelp.TimeMajor(y, c.Batch));
        c.Logits.AssertWithin(logits.ToArray(), $"{name}: logits");
        Agree.Within([c.Loss], loss.ToArray(), $"{name}: loss");

        loss.Backward();
        for (var i = 0; i < c.Names.Length; i++)
        {
            var gradient = model.Parameters[i].Value.Gradient!;
            c.Gradients[i].AssertWithin(gradient.ToArray(), $"{name}: gradient of {c.Names[i]}");
        }
    }

    private static int[] Tokens(int salt, Case c) => AgreementNumbers.Tokens(salt, c.Vocabulary, c.Batch * c.Steps);
}
