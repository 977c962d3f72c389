using Recurrent.Text;

namespace Recurrent.Models;

/// <summary>All that generation needs: a model and the codec of its text, with the summary of its training.</summary>
/// <param name="Model">The model.</param>
/// <param name="Codec">How text becomes the model's tokens and back.</param>
/// <param name="Training">How the model came to be.</param>
public sealed record TrainedModel(ILanguageModel Model, TextCodec Codec, TrainingSummary Training);
