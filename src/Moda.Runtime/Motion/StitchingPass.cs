using Moda.Kernels;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Retargeting;

namespace Moda.Runtime.Motion;

/// <summary>The stitching, lip and eye networks on a device, planned once for batches of rows. Lip and eye may be missing.</summary>
internal sealed class StitchingPass : IStitching, IDisposable
{
    private const int BatchRows = 64;

    private readonly Batch stitching;
    private readonly Batch? lip;
    private readonly Batch? eyes;

    /// <summary>Loads the module <c>stitching_retargeting</c>.</summary>
    /// <param name="device">Where the networks run.</param>
    /// <param name="parameters">The module's root; its store lives at least as long as this.</param>
    public StitchingPass(Device device, ParameterLoader parameters)
    {
        stitching = new Batch(device, parameters["stitching"], BatchRows);
        lip = parameters["lip"].Exists ? new Batch(device, parameters["lip"], rows: 1) : null;
        eyes = parameters["eye"].Exists ? new Batch(device, parameters["eye"], rows: 1) : null;
    }

    /// <summary>Bytes of device memory that the forwards hold besides the networks' parameters.</summary>
    public long ArenaBytes => stitching.ArenaBytes + (lip?.ArenaBytes ?? 0) + (eyes?.ArenaBytes ?? 0);

    /// <inheritdoc/>
    public void Stitch(ReadOnlySpan<float> keypoints, Span<float> delta) => stitching.Run(keypoints, delta);

    /// <inheritdoc/>
    public void RetargetLip(ReadOnlySpan<float> keypoints, Span<float> delta) => Present(lip, "lip").Run(keypoints, delta);

    /// <inheritdoc/>
    public void RetargetEyes(ReadOnlySpan<float> keypoints, Span<float> delta) => Present(eyes, "eye").Run(keypoints, delta);

    /// <summary>Releases the forwards' memory.</summary>
    public void Dispose()
    {
        stitching.Dispose();
        lip?.Dispose();
        eyes?.Dispose();
    }

    private static Batch Present(Batch? network, string name) => network
        ?? throw new InvalidOperationException($"The weights have no {name} retargeting network, which the chosen driving options need.");

    /// <summary>One network for any number of rows.</summary>
    private sealed class Batch : IDisposable
    {
        private readonly RetargetingPass pass;
        private readonly float[] input;
        private readonly float[] output;
        private readonly int inputs;
        private readonly int outputs;

        public Batch(Device device, ParameterLoader parameters, int rows)
        {
            RetargetingNetwork network = new(parameters);
            pass = new RetargetingPass(device, network, rows);
            inputs = network.Inputs;
            outputs = network.Outputs;
            input = new float[rows * inputs];
            output = new float[rows * outputs];
        }

        public long ArenaBytes => pass.ArenaBytes;

        public void Run(ReadOnlySpan<float> keypoints, Span<float> delta)
        {
            int rows = keypoints.Length / inputs;
            if (keypoints.Length != rows * inputs || delta.Length != rows * outputs)
            {
                throw new ArgumentException(
                    $"The network takes rows of {inputs} and gives rows of {outputs}, but {keypoints.Length} and {delta.Length} values were given.");
            }
            int batch = input.Length / inputs;
            for (int row = 0; row < rows; row += batch)
            {
                int count = Math.Min(batch, rows - row);
                // Rows behind the last stay from the batch before; nothing reads what they give.
                keypoints.Slice(row * inputs, count * inputs).CopyTo(input);
                pass.Run(input, output);
                output.AsSpan(0, count * outputs).CopyTo(delta[(row * outputs)..]);
            }
        }

        public void Dispose() => pass.Dispose();
    }
}
