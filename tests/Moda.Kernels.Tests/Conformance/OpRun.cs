using Moda.Kernels.Forwards;
using Xunit;

namespace Moda.Kernels.Tests.Conformance;

/// <summary>A case laid out on a device: guarded tensors, written inputs, a poisoned output.</summary>
internal sealed class OpRun : IDisposable
{
    private readonly OpCase opCase;
    private readonly Device device;
    private readonly GuardedTensor[] inputs;
    private readonly GuardedTensor output;
    private readonly ParameterStore parameters;
    private readonly Action call;
    private Workspace? workspace;

    public OpRun(OpCase opCase, Device device)
    {
        this.opCase = opCase;
        this.device = device;
        parameters = new ParameterStore(device);
        inputs = new GuardedTensor[opCase.Inputs.Length];
        StoredInputs = new float[inputs.Length][];
        for (int i = 0; i < inputs.Length; i++)
        {
            Operand operand = opCase.Inputs[i];
            inputs[i] = new GuardedTensor(device, operand.Shape, operand.Gap, operand.IsFloat32 ? ElementType.Float32 : null);
            device.Write(opCase.Inputs[i].Draw(seed: 100 + i), inputs[i].Tensor);
            StoredInputs[i] = inputs[i].Read();
        }

        if (opCase.InPlaceOf >= 0)
        {
            output = inputs[opCase.InPlaceOf];
        }
        else
        {
            output = new GuardedTensor(device, opCase.Output, opCase.OutputGap);
            output.Poison();
        }

        call = opCase.Prepare(new OpOperands(device, parameters, [.. inputs.Select(input => input.Tensor)], output.Tensor, Plan));
    }

    /// <summary>The inputs as the device stores them.</summary>
    public float[][] StoredInputs { get; }

    /// <summary>Calls the op and returns what it wrote.</summary>
    public float[] Run()
    {
        call();
        return output.Read();
    }

    /// <summary>Records the op, which must have been called before, carries the recording out and returns what it wrote.</summary>
    public float[] RunRecorded()
    {
        using IReplay replay = device.Capture(call) ?? throw new InvalidOperationException($"{device.Name} does not record.");
        replay.Run();
        return output.Read();
    }

    /// <summary>Fills the output with NaN, so that a call that does nothing is seen.</summary>
    public void PoisonOutput() => output.Poison();

    /// <summary>The bytes that a call allocates on this thread once an earlier call has compiled and sized everything.</summary>
    public long AllocatedBytes()
    {
        call();
        long before = GC.GetAllocatedBytesForCurrentThread();
        call();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>Fails when the op wrote outside its output or into an input.</summary>
    public void AssertNothingElseChanged()
    {
        for (int i = 0; i < inputs.Length; i++)
        {
            inputs[i].AssertSentinels($"{opCase}, input {i}");
            if (i != opCase.InPlaceOf)
            {
                Assert.True(inputs[i].Read().AsSpan().SequenceEqual(StoredInputs[i]), $"{opCase} changed input {i}.");
            }
        }

        output.AssertSentinels($"{opCase}, output");
    }

    public void Dispose()
    {
        foreach (GuardedTensor input in inputs)
        {
            input.Dispose();
        }

        if (opCase.InPlaceOf < 0)
        {
            output.Dispose();
        }

        parameters.Dispose();
        workspace?.Dispose();
    }

    private Action Plan(Action<Workspace> forward)
    {
        var planned = new Workspace(device);
        workspace = planned;
        forward(planned);
        planned.TakeArena(shared: null);
        return () =>
        {
            planned.BeginExecution(CancellationToken.None);
            forward(planned);
        };
    }
}
