using System.CommandLine;
using Moda.Kernels;
using Moda.Kernels.Selection;

namespace Moda.Cli.Commands;

/// <summary>The options by which every command chooses where it runs.</summary>
internal static class DeviceOptions
{
    /// <summary><c>--device</c>.</summary>
    public static Option<string> Device() => new("--device")
    {
        Description = $"Where the networks run: {DeviceSelector.Names}.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "auto",
    };

    /// <summary><c>--precision</c>.</summary>
    public static Option<string?> Precision()
    {
        var option = new Option<string?>("--precision")
        {
            Description = "How activations are stored: f32 or f16. The device's own choice when left out.",
            HelpName = "f32|f16",
        };
        return option.AcceptOnlyFromAmong("f32", "f16");
    }

    /// <summary><c>--max-gpu-memory</c>.</summary>
    public static Option<long?> MaximumGpuMemory() => new("--max-gpu-memory")
    {
        Description = "The most GPU memory to take, as 8G or 500M; all that there is when left out.",
        HelpName = "SIZE",
        CustomParser = result =>
        {
            if (ByteSize.TryParse(result.Tokens.Single().Value, out long bytes))
            {
                return bytes;
            }

            result.AddError($"'{result.Tokens.Single().Value}' is no amount of memory; 8G, 1.5 GiB or 500M are.");
            return null;
        },
    };

    /// <summary>What <c>--precision</c> says.</summary>
    public static ElementType? ToElementType(string? precision) => precision switch
    {
        null => null,
        "f16" => ElementType.Float16,
        _ => ElementType.Float32,
    };
}
