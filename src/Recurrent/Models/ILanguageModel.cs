using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>
/// A model that gives, after each token of a text, the logits of the next one: its log-probabilities, each off by the
/// same number, which the softmax takes away.
/// </summary>
/// <example>
/// <code>
/// var tokens = Indices.From(trained.Codec.Encode("the"), rows: 3, columns: 1); // three steps of one text
/// var (logits, state) = trained.Model.Forward(tokens, trained.Model.InitialState(batch: 1));
/// </code>
/// </example>
public interface ILanguageModel
{
    /// <summary>All it takes to build the model again, weights aside.</summary>
    ModelConfiguration Configuration { get; }

    /// <summary>The parameters that training changes, in the order of the model file.</summary>
    IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The device that the model is computed on: that of its parameters.</summary>
    Device Device => Parameters.Count > 0 ? Parameters[0].Value.Device : Device.Default;

    /// <summary>
    /// Whether the model may keep a tensor that it computed, or a view of one, beyond the step in which it did. A model
    /// that says that it does not is trained without an allocation, because its tensors serve again in the next step.
    /// </summary>
    bool KeepsTensors => true;

    /// <summary>Makes the state before any text, with the same values for each row.</summary>
    /// <param name="batch">Rows that are read side by side, at least 1.</param>
    ModelState InitialState(int batch);

    /// <summary>Reads a minibatch.</summary>
    /// <param name="tokens">Token indices (steps, batch), on the model's device.</param>
    /// <param name="state">The state before the first step.</param>
    /// <param name="dropout">
    /// Where dropout draws its masks, another stream for each minibatch; null outside of training: nothing is dropped.
    /// </param>
    /// <returns>
    /// Logits (steps·batch, vocabulary), all rows of step 0 first, and the state after the last step.
    /// </returns>
    (Tensor Logits, ModelState State) Forward(Indices tokens, ModelState state, RandomStream? dropout = null);

    /// <summary>
    /// Freezes the model as it is, to read one token at a time, which a model that is trained further does not change.
    /// Unless a model makes one of its own, it reads with <see cref="Forward"/>, one token of some rows at a time: then
    /// the model must not be trained while it is read with, and the parts of a state have a row each for those of the
    /// batch.
    /// </summary>
    Decoder CreateDecoder() => new ForwardDecoder(this);
}
