using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Moda.Cli.Terminal;

/// <summary>Units per second of a stage.</summary>
internal sealed class RateColumn : ProgressColumn
{
    /// <inheritdoc/>
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Text(task.Speed is { } speed ? string.Create(CultureInfo.InvariantCulture, $"{speed:0.0}/s") : "--/s");
}
