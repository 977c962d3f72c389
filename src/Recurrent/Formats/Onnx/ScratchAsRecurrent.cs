using Recurrent.Models;
using Recurrent.Tensors;

namespace Recurrent.Formats.Onnx;

/// <summary>The network from scratch as the concise one that computes the same.</summary>
internal static class ScratchAsRecurrent
{
    /// <summary>Transposes the weights, and gives the second bias, which the chapter's network lacks, zeros.</summary>
    public static RecurrentLanguageModel Of(RnnFromScratch model)
    {
        using var noGradient = GradientMode.Disable();
        Tensor[] p = [.. model.Parameters.Select(parameter => parameter.Value)]; // W_xh, W_hh, b_h, W_hq, b_q
        return RecurrentLanguageModel.Restore(
            model.Configuration with
            {
                Kind = "rnn",
            },
            [
                new("rnn.weight_ih_l0", Tensor.Transpose(p[0])),
                new("rnn.weight_hh_l0", Tensor.Transpose(p[1])),
                new("rnn.bias_ih_l0", p[2]),
                new("rnn.bias_hh_l0", Tensor.Zeros(p[2].Count)),
                new("linear.weight", Tensor.Transpose(p[3])),
                new("linear.bias", p[4]),
            ]
        );
    }
}
