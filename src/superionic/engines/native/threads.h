// A team of threads that works through numbered pieces together. Who does which piece is left to chance; nothing that is
// computed may depend on it, so that results do not depend on the number of threads either.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace superionic {

class Team {
   public:
    // The calling thread and size - 1 helpers, or as many as the system grants.
    explicit Team(std::size_t size) {
        try {
            helpers_.reserve(size - 1);
            while (helpers_.size() + 1 < size) helpers_.emplace_back([this, member = helpers_.size() + 1] { serve(member); });
        } catch (const std::exception&) {
        }
    }
    ~Team() {
        {
            const std::lock_guard<std::mutex> lock(guard_);
            closing_ = true;
        }
        start_.notify_all();
        for (std::thread& helper : helpers_) helper.join();
    }
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    std::size_t size() const { return helpers_.size() + 1; }

    // Call work(piece, member) once for every piece below `pieces`, member being a number below size() that no two
    // threads share. Returns when all are done; of several exceptions throws that of the first piece.
    template <class Work>
    void share(std::size_t pieces, Work&& work) {
        if (helpers_.empty() || pieces < 2) {
            for (std::size_t piece = 0; piece < pieces; ++piece) work(piece, std::size_t{0});
            return;
        }
        std::unique_lock<std::mutex> lock(guard_);
        work_ = const_cast<void*>(static_cast<const void*>(&work));
        call_ = [](void* with, std::size_t piece, std::size_t member) {
            (*static_cast<std::remove_reference_t<Work>*>(with))(piece, member);
        };
        next_ = 0;
        pieces_ = unfinished_ = pieces;
        failed_ = std::numeric_limits<std::size_t>::max();
        open_ = true;
        start_.notify_all();
        take_pieces(lock, 0);
        await(lock, done_, [this] { return unfinished_ == 0; });
        if (failed_ < pieces) std::rethrow_exception(fault_);
    }

   private:
    std::vector<std::thread> helpers_;
    std::mutex guard_;  // of all that follows
    std::condition_variable start_, done_;
    void* work_ = nullptr;
    void (*call_)(void*, std::size_t, std::size_t) = nullptr;
    std::size_t next_ = 0, pieces_ = 0, failed_ = 0;
    std::exception_ptr fault_;
    // also read without the lock
    std::atomic<std::size_t> unfinished_{0};
    std::atomic<bool> open_{false}, closing_{false};  // open: pieces are left to be taken

    // Wait for `ready`: for the time of a short piece by asking again, since waking takes as long as that, then asleep.
    template <class Ready>
    static void await(std::unique_lock<std::mutex>& lock, std::condition_variable& signal, Ready ready) {
        if (ready()) return;
        lock.unlock();
        const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(50);
        while (!ready() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
        lock.lock();
        signal.wait(lock, ready);
    }

    void serve(std::size_t member) {
        std::unique_lock<std::mutex> lock(guard_);
        while (true) {
            await(lock, start_, [this] { return closing_ || open_; });
            if (closing_) return;
            take_pieces(lock, member);
        }
    }

    // A piece is handed out under the lock together with what is to be done, so a helper that wakes late finds either
    // pieces of the present call or nothing; nobody waits for it.
    void take_pieces(std::unique_lock<std::mutex>& lock, std::size_t member) {
        while (next_ < pieces_) {
            const std::size_t piece = next_++;
            if (next_ == pieces_) open_ = false;
            const auto call = call_;
            void* const work = work_;
            lock.unlock();
            std::exception_ptr fault;
            try {
                call(work, piece, member);
            } catch (...) {
                fault = std::current_exception();
            }
            lock.lock();
            if (fault && piece < failed_) {
                failed_ = piece;
                fault_ = fault;
            }
            if (--unfinished_ == 0) done_.notify_one();
        }
    }
};

}  // namespace superionic
