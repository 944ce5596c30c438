using Moda.Cli.Benchmarks;
using Moda.Kernels;
using Moda.Weights;
using Moda.Weights.Sets;

namespace Moda.Benchmarks.Networks;

/// <summary>A network of a preset, and the work of one forward once it has run.</summary>
public sealed class NetworkWork
{
    private readonly WeightPreset preset;
    private readonly string network;

    private NetworkWork(WeightPreset preset, string network)
    {
        this.preset = preset;
        this.network = network;
    }

    /// <summary>Multiplications and additions of the definition; 0 where several forwards make up the work.</summary>
    internal double FloatingPointOperations { get; private set; }

    /// <summary>Bytes of the parameters: what a forward reads at least.</summary>
    internal double Bytes { get; private set; }

    /// <summary>Those whose preset and name contain a text, in capitals or not.</summary>
    internal static IEnumerable<NetworkWork> Containing(string text) =>
        from preset in Enum.GetValues<WeightPreset>()
        from name in NetworkRun.All.Keys
        let work = new NetworkWork(preset, name)
        where work.ToString().Contains(text, StringComparison.OrdinalIgnoreCase)
        select work;

    /// <summary>Loads the network.</summary>
    internal NetworkRun Start(Device device)
    {
        using WeightSet weights = WeightSet.Synthetic(preset);
        return NetworkRun.All[network](device, weights);
    }

    /// <summary>Counts the work of a forward.</summary>
    internal void Count(NetworkRun run)
    {
        FloatingPointOperations = 2 * run.Profile().Sum(timing => (double)timing.MultiplyAdds);
        Bytes = run.ParameterBytes;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{preset.Name()} {network}";
}
