using Moda.Kernels.Cuda.Nvrtc;

namespace Moda.Kernels.Cuda.SelfCheck;

/// <summary>Small kernels, each of which proves one thing about the way to the device.</summary>
internal static class SelfCheckKernels
{
    /// <summary>The text and no headers.</summary>
    public static KernelSource Source { get; } = new(new SourceFile("self_check.cu", Text), []);

    private const string Text = """
        struct alignas(64) tensor_map { unsigned long long opaque[16]; };
        struct mixed { double wide; short narrow; char letter; };

        __constant__ float factors[4];

        extern "C" __global__ void vector_add(const float* left, const float* right, float* sum, int count)
        {
            int index = blockIdx.x * blockDim.x + threadIdx.x;
            if (index < count) sum[index] = left[index] + right[index];
        }

        extern "C" __global__ void add_constant(float* values, int count, float constant)
        {
            int index = blockIdx.x * blockDim.x + threadIdx.x;
            if (index < count) values[index] += constant;
        }

        extern "C" __global__ void scale_by_constant_memory(float* values, int count)
        {
            int index = blockIdx.x * blockDim.x + threadIdx.x;
            if (index < count) values[index] *= factors[index % 4];
        }

        // Every kind of argument, written out as float64.
        extern "C" __global__ void unpack(
            double* output, char letter, int number, short narrow, long long large, float real, mixed structure, unsigned char last)
        {
            output[0] = letter; output[1] = number; output[2] = narrow; output[3] = (double)large; output[4] = real;
            output[5] = structure.wide; output[6] = structure.narrow; output[7] = structure.letter; output[8] = last;
        }

        // One block reverses as many numbers as fit into its dynamic shared memory.
        extern "C" __global__ void reverse(const int* input, int* output, int count)
        {
            extern __shared__ int staged[];
            for (int index = threadIdx.x; index < count; index += blockDim.x) staged[index] = input[index];
            __syncthreads();
            for (int index = threadIdx.x; index < count; index += blockDim.x) output[index] = staged[count - 1 - index];
        }

        extern "C" __global__ void write_outside(float* values) { values[1ll << 44] = 1.0f; }

        extern "C" __global__ void cluster_ranks(int* output)
        {
        #if __CUDA_ARCH__ >= 900
            unsigned rank, size;
            asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
            asm volatile("mov.u32 %0, %%cluster_nctarank;" : "=r"(size));
            if (threadIdx.x == 0) output[blockIdx.x] = (int)(size * 100 + rank);
        #endif
        }

        #if __CUDA_ARCH__ >= 900
        __device__ __forceinline__ unsigned shared_address(const void* pointer)
        {
            return (unsigned)__cvta_generic_to_shared(pointer);
        }

        __device__ __forceinline__ void expect_bytes(unsigned barrier, unsigned bytes)
        {
            asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" :: "r"(barrier) : "memory");
            asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
            asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" :: "r"(barrier), "r"(bytes) : "memory");
        }

        __device__ __forceinline__ void wait_for_bytes(unsigned barrier)
        {
            unsigned done = 0;
            while (!done)
            {
                asm volatile("{ .reg .pred p; mbarrier.try_wait.parity.shared::cta.b64 p, [%1], 0; selp.u32 %0, 1, 0, p; }"
                    : "=r"(done) : "r"(barrier) : "memory");
            }
        }
        #endif

        // Copies a box of 32 x 8 floats by the copy engine.
        extern "C" __global__ void load_box(const __grid_constant__ tensor_map map, float* output, int x, int y)
        {
        #if __CUDA_ARCH__ >= 900
            alignas(128) __shared__ float box[8 * 32];
            alignas(8) __shared__ unsigned long long barrier;
            if (threadIdx.x == 0)
            {
                expect_bytes(shared_address(&barrier), sizeof(box));
                asm volatile(
                    "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4}], [%2];"
                    :: "r"(shared_address(box)), "l"(&map), "r"(shared_address(&barrier)), "r"(x), "r"(y) : "memory");
            }
            __syncthreads();
            wait_for_bytes(shared_address(&barrier));
            for (int index = threadIdx.x; index < 8 * 32; index += blockDim.x) output[index] = box[index];
        #endif
        }

        // Copies 20 pixels of 16 channels, as one tap of a 3 x 3 convolution with padding 1 sees them.
        extern "C" __global__ void load_tap(
            const __grid_constant__ tensor_map map, float* output, unsigned short tap_x, unsigned short tap_y)
        {
        #if __CUDA_ARCH__ >= 900
            alignas(128) __shared__ float pixels[20 * 16];
            alignas(8) __shared__ unsigned long long barrier;
            if (threadIdx.x == 0)
            {
                expect_bytes(shared_address(&barrier), sizeof(pixels));
                asm volatile(
                    "cp.async.bulk.tensor.4d.shared::cluster.global.im2col.mbarrier::complete_tx::bytes "
                    "[%0], [%1, {%3, %4, %5, %6}], [%2], {%7, %8};"
                    :: "r"(shared_address(pixels)), "l"(&map), "r"(shared_address(&barrier)),
                       "r"(0), "r"(-1), "r"(-1), "r"(0), "h"(tap_x), "h"(tap_y) : "memory");
            }
            __syncthreads();
            wait_for_bytes(shared_address(&barrier));
            for (int index = threadIdx.x; index < 20 * 16; index += blockDim.x) output[index] = pixels[index];
        #endif
        }
        """;
}
