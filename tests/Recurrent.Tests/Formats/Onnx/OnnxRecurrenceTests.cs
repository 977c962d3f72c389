using Recurrent.Formats.Onnx;
using Recurrent.Formats.Safetensors;

namespace Recurrent.Tests.Formats.Onnx;

public sealed class OnnxRecurrenceTests
{
    [Theory]
    [InlineData("mingru")]
    [InlineData("minlstm")]
    [InlineData("")]
    public void A_cell_that_ONNX_has_no_operator_for_is_refused_by_name(string cell)
    {
        var error = Assert.Throws<FormatError>(() => OnnxRecurrence.Of(cell));

        Assert.Equal(
            $"ONNX has no operator for the cell {cell}; export a model of rnn, gru, lstm, "
                + "or read the weights from the model file, which is a safetensors file",
            error.Message
        );
    }
}
