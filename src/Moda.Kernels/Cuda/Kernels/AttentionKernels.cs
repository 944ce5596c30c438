using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>Attention: <c>attention.cu</c> and, where activations are float16, <c>attention_mma.cu</c>.</summary>
/// <param name="module"><c>attention.cu</c>.</param>
/// <param name="tensorCores"><c>attention_mma.cu</c>, or null.</param>
internal sealed class AttentionKernels(CudaModule module, CudaModule? tensorCores)
{
    private const int AccessBytes = 16;
    private const int BlockedHeadChannels = 64;
    private const int MaximumHeadChannels = 256;
    private const int Threads = 256;
    private const int TensorCoreThreads = 128;
    private const int QueriesPerBlock = 64;
    private const int WarpsPerBlock = Threads / 32;

    private readonly CudaFunction heads64 = module.GetFunction("attention_64");
    private readonly CudaFunction? heads64TensorCores = tensorCores?.GetFunction("attention_64_mma");
    private readonly CudaFunction anyHeads = module.GetFunction("attention_any");

    /// <summary><see cref="Device.Attention"/>.</summary>
    /// <exception cref="NotSupportedException">Heads have more channels than any kernel takes.</exception>
    public void Attention(CudaQueue queue, Tensor query, Tensor key, Tensor value, Tensor? keyBias, int headCount, float scale, Tensor output)
    {
        int headChannels = query.Channels / headCount;
        if (headChannels > MaximumHeadChannels)
        {
            throw new NotSupportedException(
                $"{queue.DeviceName} does attention of heads of up to {MaximumHeadChannels} channels, not {headChannels} ({query.Shape}, {headCount} heads).");
        }

        using ContextScope scope = queue.Enter();
        int batch = query.Shape[1];
        bool blocked = headChannels == BlockedHeadChannels;
        var arguments = new KernelArguments();
        arguments.AddTensor(query);
        arguments.AddTensor(key);
        arguments.AddTensor(value);
        arguments.AddVector(keyBias);
        arguments.Add(scale).Add(query.Shape[0]).Add(key.Shape[0]).Add(batch);
        if (!blocked)
        {
            arguments.Add(headCount).Add(headChannels);
        }

        arguments.AddTensor(output);
        if (!blocked)
        {
            queue.Launch(anyHeads, ForAnyHeads(query.Shape[0], headCount, batch), in arguments);
            return;
        }

        bool isWide = query.IsAligned(AccessBytes) && key.IsAligned(AccessBytes) && value.IsAligned(AccessBytes) && output.IsAligned(AccessBytes);
        bool onTensorCores = isWide && heads64TensorCores is not null;
        queue.Launch(
            onTensorCores ? heads64TensorCores! : heads64,
            new LaunchConfiguration(
                new LaunchExtents(Division.RoundUp(query.Shape[0], QueriesPerBlock), headCount, batch),
                new LaunchExtents(onTensorCores ? TensorCoreThreads : Threads)),
            in arguments);
    }

    /// <summary>A warp for each query of each head and batch element.</summary>
    private static LaunchConfiguration ForAnyHeads(int queries, int headCount, int batch)
    {
        long warps = (long)queries * headCount * batch;
        return new(new LaunchExtents(checked((int)Division.RoundUp(warps, WarpsPerBlock))), new LaunchExtents(Threads));
    }
}
