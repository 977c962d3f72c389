using System.Text.Json;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Tensors;

namespace Recurrent.Tests.Agreement;

/// <summary>Forward values, loss and every gradient against PyTorch; rnn_scratch.py makes the numbers.</summary>
public sealed class RnnFromScratchAgreementTests
{
    private sealed record Case(
        int Batch,
        int Steps,
        int Hidden,
        int Vocabulary,
        int[] X,
        int[] Y,
        double[] State,
        Dictionary<string, double[]> Parameters,
        double[] Logits,
        double[] FinalState,
        double Loss,
        Dictionary<string, double[]> Gradients,
        double[] StateGradient
    );

    private static readonly Case[] s_cases = JsonSerializer.Deserialize<Case[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Agreement", "rnn_scratch.json")),
        JsonSerializerOptions.Web
    )!;

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, s_cases.Length)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees_with_PyTorch(int index)
    {
        var expected = s_cases[index];
        var model = new RnnFromScratch(
            new ModelConfiguration { VocabularySize = expected.Vocabulary, HiddenSize = expected.Hidden },
            new RandomStream(1, 1)
        );
        foreach (var (name, value) in model.Parameters)
        {
            float[] given = [.. expected.Parameters[name].Select(number => (float)number)];
            value.Write(given);
        }
        var state = Tensor
            .From([.. expected.State.Select(number => (float)number)], expected.Batch, expected.Hidden)
            .RequireGradient();

        var (logits, finalState) = model.Forward(expected.X, expected.Batch, new ModelState(state));
        var loss = Tensor.SoftmaxCrossEntropy(logits, TensorHelp.TimeMajor(expected.Y, expected.Batch));
        Assert.Equal([expected.Steps * expected.Batch, expected.Vocabulary], logits.Shape.ToArray());
        Agree.Within(expected.Logits, logits.ToArray(), "logits");
        Agree.Within(expected.FinalState, finalState.Parts[0].ToArray(), "final state");
        Agree.Within([expected.Loss], loss.ToArray(), "loss");

        loss.Backward();
        foreach (var (name, value) in model.Parameters)
        {
            Agree.Within(expected.Gradients[name], value.Gradient!.ToArray(), "gradient of " + name);
        }
        Agree.Within(expected.StateGradient, state.Gradient!.ToArray(), "gradient of the initial state");
    }
}
