using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Server.Contract;
using Recurrent.Server.Engines;

namespace Recurrent.Server.Endpoints;

/// <summary><c>GET /v1/models</c>, and one of them.</summary>
internal static class ModelEndpoints
{
    /// <summary>Answers with all models.</summary>
    public static Task ListAsync(HttpContext context, ServerState server) =>
        Answer.JsonAsync(
            context,
            json =>
            {
                json.WriteString("object", "list");
                json.WriteStartArray("data");
                foreach (var model in server.Models)
                {
                    json.WriteStartObject();
                    Write(json, model);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
        );

    /// <summary>Answers with the model that a path names; a name is looked up among those that are served.</summary>
    public static Task FindAsync(HttpContext context, ServerState server)
    {
        // A slash within a name comes as %2F, which is all that the framework leaves as it is.
        var name = context
            .Request.Path.Value!["/v1/models/".Length..]
            .TrimEnd('/')
            .Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var model = CompletionRequest.ModelOf(name, server.Models);
        return Answer.JsonAsync(context, json => Write(json, model));
    }

    private static void Write(Utf8JsonWriter json, ServedModel model)
    {
        var (network, codec) = (model.Trained.Model, model.Codec);
        var configuration = network.Configuration;
        json.WriteString("id", model.Name);
        json.WriteString("object", "model");
        json.WriteNumber("created", model.Created);
        json.WriteString("owned_by", "recurrent");
        json.WriteStartObject("meta");
        json.WriteString("kind", configuration.Kind);
        json.WriteNumber("hidden", configuration.HiddenSize);
        json.WriteNumber("layers", configuration.Layers);
        json.WriteNumber("vocabulary", codec.Vocabulary.Count);
        json.WriteString("tokens", codec.Tokenizer.Name);
        json.WriteNumber("parameters", model.Trained.Parameters.Sum(parameter => (long)parameter.Value.Count));
        if (network is MixedModel { Second: NGramModel counts } hybrid)
        {
            json.WriteStartObject("counts"); // as recurrent inspect --json has them
            json.WriteNumber("order", counts.Order);
            json.WriteNumber("entries", counts.Entries);
            json.WriteNumber("weight", Math.Round(1 - hybrid.Weight, 12));
            json.WriteEndObject();
        }
        json.WriteString("fingerprint", model.Fingerprint);
        json.WriteBoolean("chat", false); // it continues a chat as it continues any text
        json.WriteEndObject();
    }
}
