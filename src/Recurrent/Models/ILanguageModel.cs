using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>A model that gives, after each token of a text, the log-probabilities of the next one.</summary>
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

    /// <summary>The state before any text.</summary>
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

    /// <summary>Makes a reader that begins before any text; with it one token at a time is read fastest.</summary>
    /// <param name="batch">Texts that are read side by side, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no text to read.</exception>
    TokenReader CreateReader(int batch) => new ForwardReader(this, batch);
}
