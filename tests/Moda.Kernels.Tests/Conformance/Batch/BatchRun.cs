using System.Runtime.InteropServices;
using Moda.Kernels.Forwards;
using Xunit;

namespace Moda.Kernels.Tests.Conformance.Batch;

/// <summary>Runs a case with many batches of a few elements and compares each element with what it is alone.</summary>
internal sealed class BatchRun : IDisposable
{
    private const int Elements = 3;

    /// <summary>Numbers of elements up to eight, each element at different places, next to others and next to itself.</summary>
    public static readonly int[][] AllBatches = [[1, 0], [2, 0, 1], [0, 0, 2, 1, 2], [2, 1, 0, 0, 1, 2, 1, 0]];

    /// <summary>A batch that is not full, and a whole one: for layers of real size, whose tensors take long to bring to the device.</summary>
    public static readonly int[][] FewBatches = [[2, 0, 1], [2, 1, 0, 0, 1, 2, 1, 0]];

    private readonly BatchCase batchCase;
    private readonly Device device;
    private readonly ParameterStore store;
    private readonly Func<Workspace, Tensor[], Tensor> call;
    private readonly float[][][] values;

    public BatchRun(BatchCase batchCase, Device device)
    {
        this.batchCase = batchCase;
        this.device = device;
        store = new ParameterStore(device);
        call = batchCase.Prepare(store);
        values =
        [
            .. batchCase.Inputs.Select((input, i) =>
                (float[][])[.. Enumerable.Range(0, Elements).Select(element => input.Draw((100 * i) + (input.Axis < 0 ? 0 : element)))]),
        ];
    }

    public void Dispose() => store.Dispose();

    /// <summary>Fails where an element differs from what it is alone.</summary>
    /// <param name="planned">Elements that kernels are chosen for.</param>
    /// <param name="batches">The elements of each batch, by their places.</param>
    public void AssertElementsAreTheSameInCompany(int planned, int[][] batches)
    {
        float[][] alone = [.. Enumerable.Range(0, Elements).Select(element => Run([element], planned)[0])];
        Assert.False(SameBytes(alone[0], alone[1]), $"{batchCase} gives the same for different inputs.");
        Assert.All(alone[0], value => Assert.True(float.IsFinite(value), $"{batchCase} gives {value}."));
        foreach (int[] batch in batches)
        {
            float[][] together = Run(batch, planned);
            for (int place = 0; place < batch.Length; place++)
            {
                float[] expected = alone[batch[place]];
                Assert.True(
                    SameBytes(expected, together[place]),
                    $"{batchCase} on {device.Name}, planned for {planned}: element {place} of {batch.Length} differs from what it is alone"
                        + $" at {Differences(expected, together[place])} of {expected.Length} values.");
            }
        }
    }

    private float[][] Run(int[] batch, int planned)
    {
        var inputs = new Tensor[batchCase.Inputs.Length];
        using var pass = new ForwardPass<Tensor>(
            device,
            workspace =>
            {
                for (int i = 0; i < inputs.Length; i++)
                {
                    Shape shape = batchCase.Inputs[i].ShapeOf(batch.Length);
                    inputs[i] = batchCase.Inputs[i].IsFloat32 ? workspace.AllocateCoordinates(shape) : workspace.Allocate(shape);
                }

                return call(workspace, inputs);
            },
            new BatchPlan(batch.Length, planned));
        for (int i = 0; i < inputs.Length; i++)
        {
            device.Write(batchCase.Inputs[i].Join([.. batch.Select(element => values[i][element])]), inputs[i]);
        }

        pass.Run(TestContext.Current.CancellationToken);
        var output = new float[pass.Ports.Shape.ElementCount];
        device.Read(pass.Ports, output);
        return [.. Enumerable.Range(0, batch.Length).Select(place => batchCase.Inputs[0].Part(output, batch.Length, place, pass.Ports.Shape))];
    }

    private static bool SameBytes(float[] left, float[] right) =>
        MemoryMarshal.AsBytes(left.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(right.AsSpan()));

    private static int Differences(float[] left, float[] right) =>
        left.Zip(right).Count(pair => BitConverter.SingleToInt32Bits(pair.First) != BitConverter.SingleToInt32Bits(pair.Second));
}
