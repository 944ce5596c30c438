namespace Moda.Testing.Cases;

/// <summary>A convolution or linear layer of a network, and how often one forward carries it out.</summary>
public sealed record NetworkConvolution(string Network, string Layer, int Count, ConvolutionCase Case) : INetworkKernel
{
    /// <inheritdoc/>
    public string Name => Layer;

    /// <inheritdoc/>
    public double FloatingPointOperations => Case.FloatingPointOperations;

    /// <inheritdoc/>
    public double Elements => (double)Case.InputShape.ElementCount + Case.WeightCount + Case.OutputShape.ElementCount;

    /// <inheritdoc/>
    public override string ToString() => $"{Network} {Layer}";
}

/// <summary>The matrix work of the networks, layer by layer: the cases that are worth being fast.</summary>
public static class NetworkConvolutions
{
    /// <summary>All layers of all networks in both presets.</summary>
    public static IEnumerable<NetworkConvolution> All =>
    [
        .. Gemm(),
        .. Warping("warping", 64, 1024, 512),
        .. Spade("spade", 256, 128, 64),
        .. MotionGenerator("step", 768),
        .. AudioEncoder("hubert", 512, 768, 3072),
        .. MotionExtractor(),
        .. AppearanceExtractor(),
        .. Warping("tiny-warping", 16, 64, 64),
        .. Spade("tiny-spade", 32, 128, 64),
        .. MotionGenerator("tiny-step", 128),
        .. AudioEncoder("tiny-hubert", 64, 128, 256),
    ];

    private static IEnumerable<NetworkConvolution> Gemm() => [new("gemm", "2048^3", 1, Linear(2048, 2048, 2048))];

    private static IEnumerable<NetworkConvolution> Warping(string network, int first, int maximum, int warped)
    {
        int[] encoder = [110, .. Enumerable.Range(0, 5).Select(level => Math.Min(maximum, first << level))];
        for (int level = 0; level < 5; level++)
        {
            int size = 64 >> level;
            yield return new(network, $"down {level}", 1, Volume(encoder[level], encoder[level + 1], size, 3));
        }

        int channels = encoder[5];
        for (int level = 4; level >= 0; level--)
        {
            int outputs = Math.Min(maximum, first / 2 << level);
            yield return new(network, $"up {4 - level}", 1, Volume(channels, outputs, 32 >> level, 3) with { Upsample = 2 });
            channels = outputs + encoder[level];
        }

        yield return new(network, "hourglass out", 1, Volume(channels, channels, 64, 3));
        yield return new(network, "mask", 1, Volume(channels, 22, 64, 7));
        yield return new(network, "occlusion", 1, new ConvolutionCase(channels, 1, 1, new(16, 64, 64)) { Kernel = new(16, 7, 7), Padding = new(0, 3, 3) });
        yield return new(network, "third", 1, Plane(warped, warped / 2, 64, 3));
        yield return new(network, "fourth", 1, Plane(warped / 2, warped / 2, 64, 1));
    }

    private static IEnumerable<NetworkConvolution> Spade(string network, int features, int hidden, int last)
    {
        yield return new(network, "fc", 1, Plane(features, 2 * features, 64, 3));
        yield return new(network, "middle shared", 12, Plane(features, hidden, 64, 3));
        yield return new(network, "middle gamma, beta", 12, Plane(hidden, 4 * features, 64, 3));
        yield return new(network, "middle convolution", 12, Plane(2 * features, 2 * features, 64, 3));
        yield return new(network, "up 0 shared", 3, Plane(features, hidden, 64, 3) with { Upsample = 2 });
        yield return new(network, "up 0 gamma, beta", 2, Plane(hidden, 4 * features, 128, 3));
        yield return new(network, "up 0 gamma, beta 1", 1, Plane(hidden, 2 * features, 128, 3));
        yield return new(network, "up 0 convolution 0", 1, Plane(2 * features, features, 128, 3));
        yield return new(network, "up 0 convolution 1", 1, Plane(features, features, 128, 3));
        yield return new(network, "up 0 shortcut", 1, Plane(2 * features, features, 128, 1));
        yield return new(network, "up 1 shared", 3, Plane(features, hidden, 64, 3) with { Upsample = 4 });
        yield return new(network, "up 1 gamma, beta", 2, Plane(hidden, 2 * features, 256, 3));
        yield return new(network, "up 1 gamma, beta 1", 1, Plane(hidden, 2 * last, 256, 3));
        yield return new(network, "up 1 convolution 0", 1, Plane(features, last, 256, 3));
        yield return new(network, "up 1 convolution 1", 1, Plane(last, last, 256, 3));
        yield return new(network, "up 1 shortcut", 1, Plane(features, last, 256, 1));
        yield return new(network, "image", 1, Plane(last, 12, 256, 3));
    }

    private static IEnumerable<NetworkConvolution> MotionGenerator(string network, int width)
    {
        foreach ((int rows, int layers) in ((int, int)[])[(160, 12 + 6), (480, 6)])
        {
            yield return new(network, $"qkv, {rows} rows", layers, Linear(rows, width, 3 * width));
            yield return new(network, $"projection, {rows} rows", layers, Linear(rows, width, width));
            yield return new(network, $"mlp 1, {rows} rows", layers, Linear(rows, width, 4 * width));
            yield return new(network, $"mlp 2, {rows} rows", layers, Linear(rows, 4 * width, width));
        }

        yield return new(network, "qkv and mlp 1, 640 rows", 12, Linear(640, width, 7 * width));
        yield return new(network, "projection and mlp 2, 640 rows", 12, Linear(640, 5 * width, width));
        yield return new(network, "modulation, 2 rows", 24, Linear(2, width, 6 * width));
        yield return new(network, "modulation, 2 rows, single", 12, Linear(2, width, 3 * width));
        yield return new(network, "audio embedder", 1, Linear(160, 12 * width, width));
        yield return new(network, "motion embedder", 1, Linear(160, 140, width));
        yield return new(network, "final layer", 1, Linear(160, width, 70));
    }

    private static IEnumerable<NetworkConvolution> AudioEncoder(string network, int features, int width, int hidden)
    {
        int length = 64_000 + 80;
        yield return new(network, "features 0", 1, new ConvolutionCase(1, features, 1, new(1, 1, length)) { Kernel = new(1, 1, 10), Stride = new(1, 1, 5) });
        length = (length - 10) / 5 + 1;
        for (int layer = 1; layer < 7; layer++)
        {
            int kernel = layer < 5 ? 3 : 2;
            yield return new(network, $"features {layer}", 1, new ConvolutionCase(features, features, 1, new(1, 1, length)) { Kernel = new(1, 1, kernel), Stride = new(1, 1, 2) });
            length = (length - kernel) / 2 + 1;
        }

        yield return new(network, "feature projection", 1, Linear(100, features, width));
        yield return new(network, "positions", 1, new ConvolutionCase(width, width, 1, new(1, 1, 100)) { Kernel = new(1, 1, 128), Padding = new(0, 0, 64), Groups = 16 });
        yield return new(network, "query, key, value", 12, Linear(100, width, 3 * width));
        yield return new(network, "attention output", 12, Linear(100, width, width));
        yield return new(network, "feed forward 1", 12, Linear(100, width, hidden));
        yield return new(network, "feed forward 2", 12, Linear(100, hidden, width));
    }

    private static IEnumerable<NetworkConvolution> MotionExtractor()
    {
        const string Network = "motion-extractor";
        yield return new(Network, "stem", 1, new ConvolutionCase(3, 96, 1, new(1, 256, 256)) { Kernel = new(1, 4, 4), Stride = new(1, 4, 4) });
        for (int stage = 0; stage < 4; stage++)
        {
            int channels = 96 << stage;
            int size = 64 >> stage;
            int blocks = stage == 2 ? 9 : 3;
            yield return new(Network, $"depthwise {stage}", blocks, Plane(channels, channels, size, 7) with { Groups = channels });
            yield return new(Network, $"pointwise 1 {stage}", blocks, Linear(size * size, channels, 4 * channels));
            yield return new(Network, $"pointwise 2 {stage}", blocks, Linear(size * size, 4 * channels, channels));
        }
    }

    private static IEnumerable<NetworkConvolution> AppearanceExtractor()
    {
        const string Network = "appearance-extractor";
        yield return new(Network, "first", 1, Plane(3, 64, 256, 3));
        yield return new(Network, "down 0", 1, Plane(64, 128, 256, 3));
        yield return new(Network, "down 1", 1, Plane(128, 256, 128, 3));
        yield return new(Network, "second", 1, Plane(256, 512, 64, 1));
        yield return new(Network, "residual block", 12, Volume(32, 32, 64, 3));
    }

    private static ConvolutionCase Linear(int rows, int inputs, int outputs) => new(inputs, outputs, 1, new(1, 1, rows));

    private static ConvolutionCase Plane(int inputs, int outputs, int size, int kernel) =>
        new(inputs, outputs, 1, new(1, size, size)) { Kernel = new(1, kernel, kernel), Padding = new(0, kernel / 2, kernel / 2) };

    private static ConvolutionCase Volume(int inputs, int outputs, int size, int kernel) =>
        new(inputs, outputs, 1, new(16, size, size)) { Kernel = new(kernel, kernel, kernel), Padding = new(kernel / 2, kernel / 2, kernel / 2) };
}
