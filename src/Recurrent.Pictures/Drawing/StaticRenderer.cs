using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Logging.Abstractions;

namespace Recurrent.Pictures.Drawing;

/// <summary>Renders components to text, without a browser and without a web server.</summary>
internal static class StaticRenderer
{
    /// <summary>What a component renders to.</summary>
    /// <typeparam name="TComponent">The component.</typeparam>
    /// <param name="parameters">Its parameters by name.</param>
    public static string Render<TComponent>(IDictionary<string, object?> parameters)
        where TComponent : IComponent
    {
        using var renderer = new HtmlRenderer(new NoServices(), NullLoggerFactory.Instance);
        // No component waits for anything, so neither does this.
        return renderer
            .Dispatcher.InvokeAsync(async () =>
                (
                    await renderer.RenderComponentAsync<TComponent>(ParameterView.FromDictionary(parameters))
                ).ToHtmlString()
            )
            .GetAwaiter()
            .GetResult();
    }

    /// <summary>Pictures need nothing from outside.</summary>
    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
